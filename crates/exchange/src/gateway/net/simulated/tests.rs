//! What hosts send arrives, in order, or breaks as the weather says.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

/// Sends 100,000 bytes there and back; returns what came back and the pieces sent.
async fn echo(net: &SimulatedNet) -> (io::Result<Vec<u8>>, u64) {
    let address = SocketAddr::new(THERE, 7);
    let Ok(listener) = net.host(THERE).listen(address) else { return (Err(cut_off()), 0) };
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut all = Vec::new();
            if stream.read_to_end(&mut all).await.is_ok() {
                let _ = stream.write_all(&all).await;
            }
        }
    });
    let work = async {
        let mut stream = net.host(HERE).connect(address).await?;
        stream.write_all(&[7; 100_000]).await?;
        stream.shutdown().await?;
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await?;
        Ok(all)
    };
    let passing = async {
        for millisecond in 0.. {
            net.advance(Duration::from_millis(millisecond));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let done = tokio::select! {
        biased;
        done = tokio::time::timeout(Duration::from_secs(30), work) => done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        () = passing => Err(cut_off()),
    };
    (done, net.pieces())
}

#[tokio::test(start_paused = true)]
async fn bytes_arrive_in_order_and_the_same_seed_gives_the_same_course() -> io::Result<()> {
    let mut courses = BTreeSet::new();
    for seed in [1, 1, 2] {
        let net = SimulatedNet::new(seed);
        net.set_weather(Weather { lost: 100, ..Weather::default() });
        let (came, pieces) = echo(&net).await;
        assert_eq!(came?, [7; 100_000]);
        courses.insert((seed, pieces));
    }
    assert_eq!(courses.len(), 2, "{courses:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn bad_weather_shows() {
    let fails = async |weather| {
        let net = SimulatedNet::new(1);
        net.set_weather(weather);
        echo(&net).await.0
    };
    let good = Weather::default();
    assert_eq!(
        fails(Weather { cut: 300_000, ..good }).await.map_err(|e| e.kind()),
        Err(io::ErrorKind::ConnectionReset)
    );
    assert_eq!(fails(Weather { silent: 300_000, ..good }).await.map_err(|e| e.kind()), Err(io::ErrorKind::TimedOut));
    let flipped = fails(Weather { flipped: 1_000_000, ..good }).await;
    assert!(flipped.is_ok_and(|came| came.len() == 100_000 && came != [7; 100_000]));
}

#[tokio::test(start_paused = true)]
async fn parted_hosts_hear_nothing_until_they_are_joined() -> io::Result<()> {
    let net = SimulatedNet::new(3);
    net.part(HERE, THERE);
    let (came, _) = echo(&net).await;
    assert_eq!(came.map_err(|e| e.kind()), Err(io::ErrorKind::TimedOut));
    net.end(THERE);
    net.join(HERE, THERE);
    assert_eq!(echo(&net).await.0?.len(), 100_000);
    Ok(())
}
